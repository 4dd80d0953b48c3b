/**
 * Holds answers of a server against its OpenAPI document: status, content type, headers and body. Bodies are checked more
 * strictly than the document says: no field that it does not name.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { pageHeaders } from '../../server/http/openapi/headers.ts';
import {
  resolveRef,
  type JsonSchema,
  type OpenapiHeader,
  type OpenapiDocument,
  type OpenapiResponse,
} from './openapi.ts';
import type { Reply } from './requests.ts';

/** Of the connection, or said by the content itself. */
const ofTransport = new Set([
  'connection',
  'content-length',
  'content-type',
  'content-encoding',
  'date',
  'keep-alive',
  'transfer-encoding',
]);
const ofPages = new Set(pageHeaders.map((name) => name.toLowerCase()));

/** Every object that names its fields has no others. */
function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const closed = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, close(part)]));
  const isOpen =
    typeof closed.properties === 'object' && closed.type === 'object' && !('additionalProperties' in closed);
  return isOpen ? { ...closed, additionalProperties: false } : closed;
}

export function createAnswerCheck(document: OpenapiDocument) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema({
    $id: 'https://postern.example/document',
    components: { schemas: close(document.components.schemas) },
  });
  const compiled = new Map<string, ValidateFunction>();

  function fits(schema: JsonSchema, value: unknown): readonly string[] {
    const text = JSON.stringify(close(schema)).replaceAll(
      '"#/components',
      '"https://postern.example/document#/components',
    );
    const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text) as object);
    compiled.set(text, validate);
    return validate(value)
      ? []
      : (validate.errors ?? []).slice(0, 5).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  function checkHeaders(response: OpenapiResponse, { headers }: Reply, isPage: boolean): readonly string[] {
    const described = new Map(
      Object.entries(response.headers).map(
        ([name, header]) => [name.toLowerCase(), resolveRef<OpenapiHeader>(document, header)] as const,
      ),
    );
    const missing = [...described].filter(([name, { required }]) => required === true && headers[name] === undefined);
    const wrong = Object.entries(headers).flatMap(([name, given]) => {
      if (ofTransport.has(name) || given === undefined) return [];
      const header = described.get(name);
      if (header === undefined) return isPage && ofPages.has(name) ? [] : [`the header ${name} is not described`];
      const value = header.schema.type === 'integer' ? Number(given) : String(given);
      return fits(header.schema, value).map((problem) => `the header ${name}: ${problem}`);
    });
    return [...missing.map(([name]) => `the header ${name} is missing`), ...wrong];
  }

  function checkBody({ content }: OpenapiResponse, reply: Reply, isHead: boolean): readonly string[] {
    // No line is what there is to say of nothing.
    const mayBeEmpty = content === undefined || isHead || 'application/x-ndjson' in content;
    if (reply.text === '') return mayBeEmpty ? [] : ['there is no body'];
    const [mediaType = ''] = (reply.headers['content-type'] ?? '').split(';');
    const media = content?.[mediaType];
    if (media === undefined) return [`the content type ${mediaType} is not described`];
    const { schema } = media;
    if (/[/+]json$/.test(mediaType)) return fits(schema, reply.json());
    if (mediaType !== 'text/event-stream') return fits(schema, reply.text);
    const ofLine = schema['x-lines'] as JsonSchema | undefined;
    if (ofLine !== undefined) {
      const lines = [...reply.text.matchAll(/^data: (\{.*)$/gm)].map(([, data = '']) => JSON.parse(data) as unknown);
      return lines.length === 0 ? ['there is no line'] : lines.flatMap((line) => fits(ofLine, line));
    }
    const events = schema['x-events'] as Readonly<Record<string, JsonSchema>>;
    return [...reply.text.matchAll(/^event: (.*)\ndata: (.*)$/gm)].flatMap(([, event = '', data = '']) => {
      const ofEvent = events[event];
      return ofEvent === undefined ? [`the event ${event} is not described`] : fits(ofEvent, JSON.parse(data));
    });
  }

  /** What the document does not say of this answer to a call of `method` and `path` (as the document has them). */
  return function check(method: string, path: string, reply: Reply): readonly string[] {
    const isPage = !path.startsWith('/api/v1/');
    const { NotFound, MethodNotAllowed } = document.components.responses;
    const described = document.paths[path]?.[method.toLowerCase()]?.responses[reply.status];
    const isOfPath = document.paths[path] !== undefined;
    const general = isOfPath && reply.status === 405 ? MethodNotAllowed : isOfPath ? undefined : NotFound;
    const response = described === undefined ? general : resolveRef(document, described);
    if (response === undefined) return [`the status ${reply.status} is not described: ${reply.text.slice(0, 200)}`];
    return [...checkHeaders(response, reply, isPage), ...checkBody(response, reply, method.toLowerCase() === 'head')];
  };
}
