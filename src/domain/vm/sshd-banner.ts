// Waits until the guest's sshd speaks: QEMU takes connections for it long before it runs.
import { connect } from "node:net";
import { EXIT, Interrupted, UserError } from "../../errors.ts";

/** Milliseconds a boot under emulation may take, and between two tries. */
const PATIENCE = 600_000;
const PAUSE = 500;
const ANSWER = 3000;

export async function awaitSshd(port: number, signal: AbortSignal): Promise<void> {
  const until = Date.now() + PATIENCE;
  while (!(await speaksSsh(port))) {
    if (signal.aborted) throw new Interrupted();
    if (Date.now() > until) {
      throw new UserError("The VM runs but its sshd does not answer.", {
        hint: "See its console: agent-vm logs vm; end it with: agent-vm stop --force",
        exit: EXIT.notReady,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function speaksSsh(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(ANSWER, () => end(false));
    socket.once("data", (bytes) => end(bytes.toString("latin1").startsWith("SSH-")));
    socket.once("error", () => end(false));
    socket.once("close", () => end(false));
  });
}
