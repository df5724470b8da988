// Who has the terminal: while a live view, a pager or an editor does, narration waits until it is given back.

let owners = 0;
const waiting = new Set<() => void>();

export const screenIsTaken = (): boolean => owners > 0;

/** Gives what gives it back; to be called once or more. */
export function takeScreen(): () => void {
  let mine = true;
  owners += 1;
  return () => {
    if (!mine) return;
    mine = false;
    owners -= 1;
    if (owners > 0) return;
    const all = [...waiting];
    waiting.clear();
    for (const tell of all) tell();
  };
}

/** Calls back once, when nobody has it any more. */
export const whenGivenBack = (tell: () => void): void => void waiting.add(tell);
