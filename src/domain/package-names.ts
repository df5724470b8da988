// Names of packages that users and repositories ask for: what a package manager takes as a name and as nothing else. Pure.
import * as z from "zod/mini";

const MAX_NAMES = 200;
const MAX_LENGTH = 150;

/**
 * Debian's rule (policy 5.6.1) without a minus at the end: apt-get takes "name-" for an order to remove it. The
 * installer takes a name only when the archive has just that, because apt-get reads others as patterns.
 */
const APT = /^[a-z0-9][a-z0-9+.-]*[a-z0-9+]$/;
/** npm's rule for names, with a version, a range or a tag: no url, no path, no git repository, no alias. */
const NPM = /^(@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*(@[A-Za-z0-9^~][A-Za-z0-9.+~^-]*)?$/;
/** Python's rule (PEP 508) with extras and an exact version: no url, no path. */
const PYTHON =
  /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*\])?(==[A-Za-z0-9][A-Za-z0-9.+!-]*)?$/;

const list = (rule: RegExp, what: string) =>
  z._default(
    z
      .array(
        z.string().check(z.maxLength(MAX_LENGTH), z.regex(rule, { error: `this is no name of ${what}` })),
      )
      .check(z.maxLength(MAX_NAMES)),
    [],
  );

/** `packages` in the user's file and in a repository's. */
export const packagesSchema = z.strictObject({
  apt: list(APT, "a Debian package"),
  npm: list(NPM, "an npm package (name or name@version)"),
  python: list(PYTHON, "a Python package (name or name==version)"),
});

export type Packages = z.infer<typeof packagesSchema>;

/** Each name once, in the order they came. */
export function mergePackages(...all: readonly Packages[]): Packages {
  const merged = (kind: keyof Packages) => [...new Set(all.flatMap((one) => one[kind]))];
  return { apt: merged("apt"), npm: merged("npm"), python: merged("python") };
}
