// A user at a terminal whose sessions need the keeper: the built program, and a host with an environment of its own.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { endKeeper } from "../../../src/domain/keeper/ask.ts";
import { type Paths, parseVmName, pathsFor } from "../../../src/domain/paths.ts";
import { buildProgram } from "../program.ts";
import { createSessionUser, type SessionUser } from "./session-user.ts";

export interface KeeperUser extends SessionUser {
  paths: Paths;
  /** The host's home. */
  home: string;
  /** What the next command finds in the host's environment, beside the usual. */
  host(env: Readonly<Record<string, string>>, settings?: Readonly<Record<string, unknown>>): void;
  file(name: string): string;
}

const ROOT = resolve(import.meta.dirname, "../../..");

export async function createKeeperUser(): Promise<KeeperUser> {
  const program = buildProgram();
  const user = await createSessionUser();
  const { configFile } = user.guest.target;
  const home = join(dirname(configFile), "host");
  const usual = { HOME: home, PATH: process.env["PATH"] ?? "", AGENT_VM_PROGRAM_DIR: ROOT };
  const uid = process.getuid?.() ?? 0;
  const paths = pathsFor(parseVmName("agent-vm-test"), { uid, env: usual });
  mkdirSync(dirname(paths.sshConfig), { recursive: true, mode: 0o700 });
  writeFileSync(
    paths.sshConfig,
    readFileSync(configFile, "utf8")
      .replaceAll("test-guest ", "agent-vm-test ")
      .replace("test-guest-admin", "agent-vm-test-admin"),
  );
  return {
    ...user,
    paths,
    home,
    host: (env, settings = {}) =>
      writeFileSync(
        join(home, "given.json"),
        JSON.stringify({ env: { ...usual, ...env }, settings, self: program.self, programDir: ROOT }),
        { mode: 0o600 },
      ),
    file: (name) => join(user.guest.home, name),
    over: async () => {
      await user.over();
      await endKeeper(paths);
    },
    remove: () => {
      user.remove();
      program.remove();
    },
  };
}
