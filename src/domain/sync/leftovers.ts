// What lies beside the workspaces because a command of ours was interrupted. Pure.

/** Nobody's work, by its name in ~/workspace: not so `.agent-vm.leaving.*`, which is a workspace. */
export const isOurs = (name: string): boolean => /^\.agent-vm\.(?:new|trash|save|half|given)\./.test(name);
