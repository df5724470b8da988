// How large a new VM becomes. Pure.
import { EXIT, UserError } from "../../errors.ts";
import type { Settings } from "../settings.ts";

export interface Resources {
  vcpu: number;
  /** GiB. */
  memory: number;
  /** GiB. */
  disk: number;
}

export interface HostSize {
  cpus: number;
  /** Bytes. */
  memory: number;
}

export const DEFAULT_RESOURCES: Resources = { vcpu: 4, memory: 8, disk: 100 };
const GIB = 1024 ** 3;
/** GiB left to the host itself. */
const HOST_SHARE = 2;

/** The size that was asked for or the default, cut to what the host has; `notes` say what was cut. */
export function chooseResources(wanted: Partial<Settings>, host: HostSize): Resources & { notes: string[] } {
  const fits = Math.max(1, Math.floor(host.memory / GIB) - HOST_SHARE);
  const vcpu = Math.min(wanted.vcpu ?? DEFAULT_RESOURCES.vcpu, host.cpus);
  const memory = Math.min(wanted.memory ?? DEFAULT_RESOURCES.memory, fits);
  const notes: string[] = [];
  if (vcpu < (wanted.vcpu ?? DEFAULT_RESOURCES.vcpu))
    notes.push(`This host has ${host.cpus} CPUs: the VM gets ${vcpu}.`);
  if (memory < (wanted.memory ?? DEFAULT_RESOURCES.memory)) {
    notes.push(`${memory} GB of memory fit beside this host's own use: the VM gets ${memory} GB.`);
  }
  return { vcpu, memory, disk: wanted.disk ?? DEFAULT_RESOURCES.disk, notes };
}

/** A whole number within limits from a command-line option, or a usage error that names the limits. */
export function wholeNumber(option: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high) {
      throw new UserError(`${option} ${text} is not possible.`, {
        hint: `Give a whole number from ${low} to ${high}.`,
        exit: EXIT.usage,
      });
    }
    return value;
  };
}
