export async function startMongod(): Promise<{ uri(name: string): string; stop(): Promise<void> } | undefined> {
  return undefined;
}
