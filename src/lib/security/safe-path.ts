/** A path of this site to go to; anything that would lead elsewhere becomes the overview. */
export function safePath(path: string | null): string {
  if (path === null || !path.startsWith('/') || /^\/[/\\]/.test(path) || /[\\\n\r\t]/.test(path)) {
    return '/';
  }
  return path;
}
