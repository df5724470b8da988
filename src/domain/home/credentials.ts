// Which files are credentials by their names, and so never go into the VM. Pure.

/** A path's last part. */
const FILES = [
  /^\.?credentials(\..*)?$/,
  /^\.?netrc$|^_netrc$/,
  /^\.git-credentials$/,
  /^\.claude\.json$/,
  /^auth\.json$/,
  /^(oauth_creds|google_accounts|mcp-oauth-tokens.*|application_default_credentials|access_tokens|.*service[_-]account.*)\.json$/,
  /^hosts\.(yml|yaml|json)$/,
  /^(\.npmrc|\.yarnrc|\.yarnrc\.yml|\.pypirc|\.pgpass|\.my\.cnf|\.dockercfg|\.vault-token|\.htpasswd)$/,
  /^\.env(\..+)?$/,
  /^id_[a-z0-9_]+(\.pub)?$/,
  /\.(pem|key|p12|pfx|ppk|jks|keystore|kdbx|gpg|asc|ovpn)$/,
  /^(authorized_keys|known_hosts|login\.keyring|cookies.*|.*\.cookies)$/,
];
/** Directories, wherever they stand. */
const DIRECTORIES = [".ssh", ".aws", ".azure", ".gnupg", ".kube", ".oci", ".password-store", "keyrings"];
/** Ends of paths. */
const PLACES = [
  /(^|\/)\.config\/(gcloud|gh|hub|glab-cli|op|sops)(\/|$)/,
  /(^|\/)\.docker\/config\.json$/,
  /(^|\/)\.copilot\/config\.json$/,
  /(^|\/)\.local\/share\/(keyrings|opencode)(\/|$)/,
];

/**
 * Whether a path names a credential: files that programs keep logins, keys and tokens in, in any letter case. Names
 * alone; `holdsPrivateKey` looks inside.
 */
export function isCredential(path: string): boolean {
  const lower = path.toLowerCase();
  const parts = lower.split("/");
  const name = parts.at(-1) ?? "";
  return (
    FILES.some((rule) => rule.test(name)) ||
    parts.some((part) => DIRECTORIES.includes(part)) ||
    PLACES.some((rule) => rule.test(lower))
  );
}

export const holdsPrivateKey = (content: Uint8Array): boolean =>
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----/.test(Buffer.from(content).toString("latin1"));
