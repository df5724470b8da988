// Reads what the probe scripts print in the guest. Pure; the guest's words are claims.

export interface Probe {
  /** Lines of "name hash". */
  stamps: string;
  /** What could not be installed: the step's name and the thing's. */
  failed: { step: string; name: string }[];
  /** Seconds since 1970; NaN when the guest did not say. */
  now: number;
}

export function parseProbe(stdout: string): Probe {
  const lines = stdout.split("\n");
  const stamps = lines.flatMap((line) => /^stamp ([a-z0-9-]+ [0-9a-f]{64})$/.exec(line)?.[1] ?? []);
  const failed = lines.flatMap((line) => {
    const [, step, name] = /^failed ([a-z0-9-]+) ([\x21-\x7e]{1,100})$/.exec(line) ?? [];
    return step !== undefined && name !== undefined ? [{ step, name }] : [];
  });
  const now = Number(
    lines.flatMap((line) => /^now ([0-9]+(?:\.[0-9]+)?)$/.exec(line)?.[1] ?? [])[0] ?? Number.NaN,
  );
  return { stamps: stamps.join("\n"), failed, now };
}

/** Names of what could not be installed; a step that failed as a whole goes by its own. */
export const failedNames = (failed: Probe["failed"]): string[] =>
  failed.map(({ step, name }) => (name === "step" ? `all of ${step.slice(step.indexOf("-") + 1)}` : name));

/**
 * Seconds the guest's clock is ahead of the host's; 0 when it said nothing, or lies within the time the question
 * took (both in milliseconds since 1970).
 */
export function clockDrift(guestSeconds: number, asked: number, answered: number): number {
  if (Number.isNaN(guestSeconds)) return 0;
  const guest = guestSeconds * 1000;
  if (guest < asked) return (guest - asked) / 1000;
  return guest > answered ? (guest - answered) / 1000 : 0;
}
