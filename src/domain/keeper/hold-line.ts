// What an ssh that holds a forward runs in the VM: it says that the forward stands, and ends with its input. Pure.

/** ssh answers for a forward only once it stands (`ExitOnForwardFailure`): the word comes after it. */
export const HOLD: readonly string[] = ["sh", "-c", "echo up; exec cat >/dev/null"];

/** True for its word: the only one that is looked at of what the VM says there. */
export const saysUp = (line: string): boolean => line === "up";
