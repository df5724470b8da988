// The constant script that asks for free space. Pure.

/** Free space and free inodes of the workspaces' file system, in KiB and numbers. */
export const FREE_SPACE = `
df -Pk -- "$HOME" | { read -r line; read -r device size used free rest; printf '%s\\0' "$free"; }
df -Pi -- "$HOME" | { read -r line; read -r device size used free rest; printf '%s\\0' "$free"; }
`;
