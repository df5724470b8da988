// The url of the host's origin as a workspace may know it: without credentials, never a path of the host. Pure.

const SCP_LIKE = /^(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!\/\/|:)\S+$/;

/**
 * http(s) loses its user part, query and fragment; ssh keeps the user name alone; anything else than these, git and
 * the short form host:path says nothing to a guest, or names a file of the host, and is left out.
 */
export function publicOrigin(url: string): string | undefined {
  if (!url.includes("://")) return SCP_LIKE.test(url) && !/^[A-Za-z]:[\\/]/.test(url) ? url : undefined;
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  const kind = parsed.protocol;
  if (kind !== "https:" && kind !== "http:" && kind !== "ssh:" && kind !== "git:") return undefined;
  const user = kind === "ssh:" && parsed.username !== "" ? `${parsed.username}@` : "";
  return `${kind}//${user}${parsed.host}${parsed.pathname}`;
}
