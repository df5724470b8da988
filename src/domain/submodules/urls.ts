// The address of a submodule as git resolves it, fit for a guest. Pure.
import { publicOrigin } from "../sync/push/origin.ts";

/**
 * What a submodule's `origin` is in a workspace: without credentials, never a place on the host; undefined when nothing
 * is left. A relative url is one to the repository that declares it, whose public origin is `base`.
 */
export function submoduleOrigin(url: string | undefined, base: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const relative = url.startsWith("./") || url.startsWith("../");
  if (!relative) return publicOrigin(url);
  const resolved = base === undefined ? undefined : resolveUrl(base, url);
  return resolved === undefined ? undefined : publicOrigin(resolved);
}

/** git's relative_url(): "../" takes a part off, at the end also what stands behind "host:". */
export function resolveUrl(base: string, url: string): string | undefined {
  let at = base.replace(/\/+$/, "");
  let rest = url;
  let joint = "/";
  while (true) {
    if (rest.startsWith("../")) {
      rest = rest.slice(3);
      const cut = Math.max(at.lastIndexOf("/"), at.includes("://") ? -1 : at.lastIndexOf(":"));
      if (cut < 0 || at.endsWith("//") || at.slice(0, cut + 1).endsWith("//")) return undefined;
      joint = at.charAt(cut);
      at = at.slice(0, cut);
    } else if (rest.startsWith("./")) {
      rest = rest.slice(2);
    } else break;
  }
  return `${at}${joint}${rest}`.replace(/\/+$/, "");
}
