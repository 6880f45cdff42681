/** The secret of `Authorization: Bearer …`, or null. */
export function bearerOf(header: string | null | undefined): string | null {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(header ?? '')?.[1] ?? null;
}
