// The certificate authorities this host trusts beyond the usual ones: behind some networks nothing works without them.
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { GuestFile } from "../../adapters/sftp.ts";
import type { Context } from "../../context.ts";
import { EXIT, UserError } from "../../errors.ts";
import { writeWhole } from "../../io/json-file.ts";
import { extraCertificates } from "./pem.ts";

/** Where Debian and Ubuntu keep authorities that an administrator added. */
const ADDED = "/usr/local/share/ca-certificates";
/** Debian's own set; with Node's (Mozilla's, too) it says what is not extra. */
const ORDINARY = "/usr/share/ca-certificates";
/** Files that programs on the host are told to trust; often a bundle of the usual ones and some more. */
const VARIABLES = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"].concat([
  "GIT_SSL_CAINFO",
]);
const MACOS = ["security", "find-certificate", "-a", "-p", "/Library/Keychains/System.keychain"];

type Host = Pick<Context, "env" | "settings" | "paths" | "platform" | "run">;

/**
 * As files for the guest, under plain names. Those of variables are remembered for the VM: a command from a place
 * without the variables must not take them away. Throws UserError (2) when a file of the setting `ca` cannot be read.
 */
export async function hostAuthorities(host: Host): Promise<GuestFile[]> {
  const remembered = join(host.paths.state, "authorities.pem");
  const before = await text(remembered);
  const named = await Promise.all(VARIABLES.map((name) => text(host.env[name])));
  const system = host.platform === "darwin" ? [await keychain(host)] : await below(ADDED);
  const asked = await Promise.all(host.settings.ca.map(required));
  // Most hosts have none, and to read the usual ones takes a while.
  if ([before, ...named, ...system, ...asked].every((content) => content === "")) return [];
  const { rootCertificates } = await import("node:tls");
  const known = [rootCertificates.join("\n"), ...(await below(ORDINARY))];
  const fromVariables = extraCertificates([before, ...named], known);
  if (fromVariables.length > 0) {
    await mkdir(dirname(remembered), { recursive: true, mode: 0o700 });
    const now = fromVariables.join("");
    if (now !== before) await writeWhole(remembered, now);
  }
  return extraCertificates([...system, ...asked, ...fromVariables], known).map((content, index) => ({
    path: `ca/host-${String(index).padStart(3, "0")}.crt`,
    content,
  }));
}

const text = async (path: string | undefined): Promise<string> =>
  path ? await readFile(path, "utf8").catch(() => "") : "";

async function required(path: string): Promise<string> {
  try {
    const content = await readFile(path, "utf8");
    if (extraCertificates([content], []).length > 0) return content;
  } catch (cause) {
    throw unusable(path, (cause as NodeJS.ErrnoException).code ?? "unreadable", cause);
  }
  throw unusable(path, "there is no certificate in PEM form in it");
}

const unusable = (path: string, why: string, cause?: unknown): UserError =>
  new UserError(`The setting ca names ${path}, which cannot be used: ${why}.`, {
    hint: "Name files with certificates in PEM form (-----BEGIN CERTIFICATE-----), by absolute paths.",
    exit: EXIT.usage,
    cause,
  });

/** All certificate files below a directory; none when it is missing. */
async function below(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  return Promise.all(
    names.filter((name) => name.endsWith(".crt")).map((name) => text(join(directory, name))),
  );
}

async function keychain(host: Host): Promise<string> {
  return (await host.run(MACOS, { ok: "any" })).stdout;
}
