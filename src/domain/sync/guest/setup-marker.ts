// The mark of a workspace that still has to be set up. Pure.

/** Within .git, so that it is neither work nor part of a save. */
export const MARKER = "agent-vm.setup";
