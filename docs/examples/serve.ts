// As Bun, Deno and workers take it: bun run serve.ts, deno serve serve.ts
import { createGate, verifyRequest } from 'postern/client';

const { POSTERN_URL = '', POSTERN_CREDENTIAL = '' } = process.env;
const gate = createGate({ url: POSTERN_URL, credential: POSTERN_CREDENTIAL });

export default {
  async fetch(request: Request): Promise<Response> {
    const verified = await verifyRequest(request, gate, { scope: 'invoices:read' });
    if (!verified.ok) return verified.response;
    return Response.json({ invoicesOf: verified.principal.key.externalId }, { headers: verified.headers });
  },
};
