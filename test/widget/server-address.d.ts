/** Made by the runner's configuration: where the scripted server listens. */
declare module 'server-address' {
  export const server: string;
}
