/**
 * An early word on paths outside what agents allow; the server and the agent decide, the agent after
 * resolving links.
 */
export function rootProblem(path: string, roots: readonly string[]): string | undefined {
  if (roots.length === 0 || !path.startsWith('/')) return undefined;
  const under = roots.some((root) => {
    const folder = root.endsWith('/') ? root : `${root}/`;
    return path.startsWith(folder) && path.length > folder.length;
  });
  if (under) return undefined;
  return `The agents here allow only files under ${roots.join(' or ')}. Choose a path there, or have the host’s owner allow another folder.`;
}
