// Who may log in as the agent is root's word. Without it: sshd reads the file in the agent's own home, as it does by default.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { attack } from "../../attack/attacks.ts";
import { VM, type World } from "../world.ts";
import { root } from "./guest.ts";

const CONF = "/etc/ssh/sshd_config.d/30-agent-vm-keys.conf";
const KEYS = "/etc/ssh/agent-vm-authorized_keys";
const guard = "the list of keys is root's";

/** As sshd is without the rule: the same key, in the agent's home. */
const undo = `mv ${CONF} /root/; install -d -o agent -m 0700 /home/agent/.ssh
install -o agent -m 0600 ${KEYS} /home/agent/.ssh/authorized_keys; systemctl reset-failed ssh; systemctl restart ssh`;
const redo = `mv /root/${CONF.split("/").at(-1)} ${CONF}; systemctl reset-failed ssh; systemctl restart ssh`;

const set = (world: World, guarded: boolean) => root(world, guarded ? redo : undo);

/** A connection of its own to the guest, with the given key and nothing else. */
async function logsIn(world: World, key: string): Promise<boolean> {
  const config = await readFile(join(world.state, "ssh_config"), "utf8");
  const port = /Port (\d+)/.exec(config)?.[1] ?? "";
  const words = ["BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=no"];
  const options = [...words, "UserKnownHostsFile=/dev/null"].flatMap((word) => ["-o", word]);
  const argv = ["-F", "/dev/null", "-p", port, "-i", key, ...options, "agent@127.0.0.1", "true"];
  return (await execa("ssh", argv, { reject: false, input: "" })).exitCode === 0;
}

export function loginKeys(world: () => World): void {
  attack("a login key of the agent's own", {
    guard,
    play: async (guarded) => {
      const key = join(world().home, "other-key");
      await rm(key, { force: true });
      await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
      await set(world(), guarded);
      const line = (await readFile(`${key}.pub`, "utf8")).trim();
      const files = `~/.ssh/authorized_keys ~/.ssh/authorized_keys2 ${KEYS}`;
      await world().agent(`mkdir -p -m 0700 ~/.ssh; for file in ${files}; do echo '${line}' >>"$file"; done`);
      return logsIn(world(), key);
    },
  });

  attack("the agent shuts the host out", {
    guard,
    play: async (guarded) => {
      await set(world(), guarded);
      await world().agent(
        `for file in ~/.ssh/authorized_keys ${KEYS}; do : >"$file"; rm -f "$file"; done; true`,
      );
      const argv = ["-F", join(world().state, "ssh_config"), "-S", "none", VM, "true"];
      return (await execa("ssh", argv, { reject: false, input: "" })).exitCode !== 0;
    },
  });
}
