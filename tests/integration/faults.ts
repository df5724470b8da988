// Who is at work in a guest behind a loopback sshd: its processes, as /proc shows them.
import { readdirSync, readFileSync } from "node:fs";

interface Process {
  pid: number;
  parent: number;
  name: string;
}

export function processes(): Process[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "latin1");
      const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return state === "Z" ? [] : [{ pid: Number(entry), parent: Number(parent), name }];
    } catch {
      return [];
    }
  });
}

/** The sshd processes that a process started itself. */
export const serversOf = (pid: number): number[] =>
  processes()
    .filter((one) => one.parent === pid && one.name.startsWith("sshd"))
    .map((one) => one.pid);

/** Those processes and all their descendants. */
export function everythingBelow(pids: readonly number[]): number[] {
  const all = processes();
  const below = (parents: readonly number[]): number[] => {
    const children = all.filter((one) => parents.includes(one.parent)).map((one) => one.pid);
    return children.length === 0 ? [] : [...children, ...below(children)];
  };
  return [...pids, ...below(pids)];
}

/** The command lines of everything below those processes. */
export function commandsBelow(pids: readonly number[]): string[] {
  return everythingBelow(pids).map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    } catch {
      return "";
    }
  });
}
