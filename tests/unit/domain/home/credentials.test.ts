// What never goes into the VM, by its name or its content.
import { describe, expect, test } from "vitest";
import { holdsPrivateKey, isCredential } from "../../../../src/domain/home/credentials.ts";

describe("a credential by its name", () => {
  test.each([
    ".claude/.credentials.json",
    ".claude.json",
    ".codex/auth.json",
    ".gemini/oauth_creds.json",
    ".gemini/google_accounts.json",
    ".config/gh/hosts.yml",
    ".config/gh/config.yml",
    ".config/gcloud/configurations/config_default",
    ".local/share/opencode/auth.json",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".npmrc",
    ".ssh/config",
    "sub/.ssh/known_hosts",
    ".aws/config",
    "id_ed25519",
    "keys/id_rsa.pub",
    "server.pem",
    "Server.PEM",
    "project.key",
    ".docker/config.json",
    ".copilot/config.json",
    "my-service-account-prod.json",
    ".env",
    ".env.production",
    ".AWS/credentials",
  ])("%s", (path) => expect(isCredential(path)).toBe(true));

  test.each([
    ".claude/CLAUDE.md",
    ".claude/settings.json",
    ".claude/skills/review/SKILL.md",
    ".codex/config.toml",
    ".config/opencode/opencode.jsonc",
    "ids.txt",
    "id-mapping.md",
    "keynote.md",
    "hosts.md",
    "environment.txt",
  ])("%s is none", (path) => expect(isCredential(path)).toBe(false));
});

test("a private key is known by its first line, wherever it stands", () => {
  const key = (kind: string) => Buffer.from(`text\n-----BEGIN ${kind}PRIVATE KEY-----\nAAAA\n`);
  for (const kind of ["", "RSA ", "OPENSSH ", "ENCRYPTED "]) expect(holdsPrivateKey(key(kind))).toBe(true);
  expect(holdsPrivateKey(Buffer.from("-----BEGIN PGP PRIVATE KEY BLOCK-----\n"))).toBe(true);
  expect(holdsPrivateKey(Buffer.from("-----BEGIN PUBLIC KEY-----\n"))).toBe(false);
});
