// One constant script as a word of another. Pure.

export const word = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
