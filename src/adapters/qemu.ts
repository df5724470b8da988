// How QEMU's programs are called. Pure.

export const qemuSystem = (arch: NodeJS.Architecture): string =>
  arch === "arm64" ? "qemu-system-aarch64" : "qemu-system-x86_64";

const machine = (arch: NodeJS.Architecture): string => (arch === "arm64" ? "virt" : "q35");

/**
 * Arguments that set up one processor under KVM, wait for "quit" on standard input and end with 0. Where KVM
 * exists but cannot run a guest (a nested or restricted one), QEMU fails here at once instead of hanging later.
 */
export const kvmProbe = (arch: NodeJS.Architecture): string[] => [
  qemuSystem(arch),
  ...["-accel", "kvm", "-machine", machine(arch), "-cpu", "host", "-m", "64", "-S"],
  ...["-nodefaults", "-display", "none", "-monitor", "stdio"],
];
