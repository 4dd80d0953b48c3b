/** Who changed something: a signed-in person, a key pair, the command line, the demo's page or the server itself. */
export interface Actor {
  readonly kind: 'user' | 'key' | 'command_line' | 'demo' | 'server';
  readonly id: string | null;
  /** As it was called then: an e-mail, a key's name. */
  readonly name: string | null;
}
