// What this program runs on.
export const nodeVersion: string = process.version;
