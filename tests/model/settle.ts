// After a crash: waits until what the dead command started, on both sides, has ended by itself.
import { readdirSync, readFileSync } from "node:fs";

interface Process {
  pid: number;
  parent: number;
  group: number;
  name: string;
}

function processes(): Process[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "latin1");
      const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
      const [state, parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z") return [];
      return [{ pid: Number(entry), parent: Number(parent), group: Number(group), name }];
    } catch {
      return [];
    }
  });
}

function descendants(all: readonly Process[], pid: number): Process[] {
  return all.filter((one) => one.parent === pid).flatMap((one) => [one, ...descendants(all, one.pid)]);
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The process group on the host, and everything but sshd itself below the sshd that this process started. */
export async function settled(group: number): Promise<void> {
  for (let tries = 0; tries < 2400; tries += 1) {
    const all = processes();
    const servers = all.filter((one) => one.parent === process.pid && one.name.startsWith("sshd"));
    const inGuest = servers.flatMap(({ pid }) => descendants(all, pid));
    const atWork = [
      ...all.filter((one) => one.group === group),
      ...inGuest.filter((one) => !one.name.startsWith("sshd")),
    ];
    if (atWork.length === 0) return;
    await pause(25);
  }
  throw new Error("what a killed command left does not end");
}
