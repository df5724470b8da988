// What every constant script of the guest begins with. Values arrive as arguments or on standard input. Pure.

/** Refuses what is not a workspace's name; the host has checked it already. */
export const CHECK_DIR = `
case $dir in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]* | *..*) exit 64 ;; esac
`;

/**
 * tip_of <branch>: its commit, or nothing. Not rev-parse, which takes a branch "refs/heads/x" for a missing "x". The
 * commit itself need not be there: a branch of a damaged repository is not a branch that was deleted.
 */
export const TIP_OF = `
tip_of() {
  git for-each-ref --format='%(objectname) %(refname)' "refs/heads/$1" | while read -r oid name; do
    if [ "$name" = "refs/heads/$1" ]; then printf '%s' "$oid"; fi
  done
}
`;

/**
 * Where workspaces live, and a git that neither asks nor fights the agent for locks. Large files (Git LFS) are taken
 * from the workspace's store, and one that is not there stays a pointer: no call of ours asks a server for it. Nothing of
 * the workspace's configuration has git overlook a file or an edit there, and no graft a commit.
 */
export const ENVIRONMENT = `
export LC_ALL=C GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_GRAFT_FILE=/dev/null/none
export GIT_CONFIG_COUNT=5 GIT_CONFIG_KEY_0=lfs.url GIT_CONFIG_VALUE_0=file:///dev/null
export GIT_CONFIG_KEY_1=lfs.skipdownloaderrors GIT_CONFIG_VALUE_1=true
export GIT_CONFIG_KEY_2=core.ignoreCase GIT_CONFIG_VALUE_2=false
export GIT_CONFIG_KEY_3=core.checkStat GIT_CONFIG_VALUE_3=default
export GIT_CONFIG_KEY_4=core.trustctime GIT_CONFIG_VALUE_4=true
root=$HOME/workspace
`;
