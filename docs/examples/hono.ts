import { Hono } from 'hono';
import { createGate, verifyRequest } from 'postern/client';

const { POSTERN_URL = '', POSTERN_CREDENTIAL = '' } = process.env;
const gate = createGate({ url: POSTERN_URL, credential: POSTERN_CREDENTIAL });

export const app = new Hono();
app.all('/invoices', async (context) => {
  const verified = await verifyRequest(context.req.raw, gate, { scope: 'invoices:read' });
  if (!verified.ok) return verified.response;
  return context.json({ invoicesOf: verified.principal.key.externalId }, 200, verified.headers);
});
