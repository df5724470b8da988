// How git on the host writes large files (Git LFS) into a tree: from the store alone, whatever the branch's files say. Pure.

/**
 * What `.lfsconfig` of the tree could set otherwise: a server, files to leave out. git's own configuration goes before
 * it. Whoever asks has seen that all objects are in the store; with this address git-lfs reaches nobody in any case.
 */
export const FROM_STORE = [
  ...["-c", "lfs.url=file:///dev/null"],
  ...["-c", "lfs.fetchinclude="],
  ...["-c", "lfs.fetchexclude="],
  ...["-c", "lfs.skipdownloaderrors=false"],
] as const;

/** Every other call of git leaves pointers as they are. */
export const WITH_CONTENT = { GIT_LFS_SKIP_SMUDGE: "0" };
