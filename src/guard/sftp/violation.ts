// The error that ends a guarded connection: the guest does not speak the protocol. Imports nothing.

/** `message` holds words of ours alone, never bytes of the guest. */
export class Violation extends Error {
  override name = "Violation";
}
