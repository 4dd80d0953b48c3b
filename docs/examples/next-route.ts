// app/invoices/route.ts
import { createGate, verifyRequest } from 'postern/client';

const { POSTERN_URL = '', POSTERN_CREDENTIAL = '' } = process.env;
const gate = createGate({ url: POSTERN_URL, credential: POSTERN_CREDENTIAL });

export async function GET(request: Request): Promise<Response> {
  const verified = await verifyRequest(request, gate, { scope: 'invoices:read' });
  if (!verified.ok) return verified.response;
  const { principal, headers } = verified;
  return Response.json({ invoicesOf: principal.key.externalId }, { headers });
}

// A page on another origin asks first.
export const OPTIONS = GET;
