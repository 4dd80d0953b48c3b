/** Code that asks Postern about each call to an API of one's own, ready for a key. It lets nobody in when it gets no answer. */

interface GuardCodeFor {
  /** Where this server is. */
  readonly server: string;
  readonly organizationId: string;
  /** One that a call must have; undefined: none in particular. */
  readonly scope: string | undefined;
}

interface GuardCode {
  readonly id: string;
  readonly name: string;
  /** Needs a pair that verifies, in the environment. A proxy needs none. */
  readonly needsPair: boolean;
  readonly code: (about: GuardCodeFor) => string;
}

const passedHeaders = ['Organization', 'Key', 'External-Id', 'Mode', 'Scopes', 'Origin'].map(
  (name) => `Postern-${name}`,
);

/** What a visitor sends under that name is replaced. */
function nginxHeader(name: string): string {
  const variable = name.toLowerCase().replaceAll('-', '_');
  return `  auth_request_set $${variable} $upstream_http_${variable};
  proxy_set_header ${name} $${variable};`;
}

export const guardCodes: readonly GuardCode[] = [
  {
    id: 'express',
    name: 'Express',
    needsPair: true,
    code: ({ server, scope }) => `app.use(async (request, response, next) => {
  response.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'authorization, content-type' });
  // A browser asks first, and sends no key with that.
  if (request.method === 'OPTIONS') return response.sendStatus(204);
  const answer = await fetch('${server}/api/v1/keys/verify', {
    method: 'POST',
    headers: { Authorization: \`Bearer \${process.env.POSTERN_PAIR}\`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      authorization: request.headers.authorization,
      origin: request.headers.origin,
      ip: request.ip,${scope === undefined ? '' : `\n      scope: '${scope}',`}
    }),
    signal: AbortSignal.timeout(2_000),
  }).catch(() => undefined);
  if (!answer?.ok) return response.status(503).json({ code: 'store_unavailable' });
  const verdict = await answer.json();
  if (!verdict.valid) return response.status(verdict.status).json(verdict);
  request.postern = verdict;
  next();
});`,
  },
  {
    id: 'fastapi',
    name: 'FastAPI',
    needsPair: true,
    code: ({ server, scope }) => `import os, httpx
from fastapi import Depends, FastAPI, HTTPException, Request

postern = httpx.AsyncClient(base_url="${server}", timeout=2,
                            headers={"Authorization": f"Bearer {os.environ['POSTERN_PAIR']}"})

async def guard(request: Request):
    try:
        answer = await postern.post("/api/v1/keys/verify", json={
            "authorization": request.headers.get("authorization"),
            "origin": request.headers.get("origin"),
            "ip": request.client.host,${scope === undefined ? '' : `\n            "scope": "${scope}",`}
        })
        answer.raise_for_status()
    except httpx.HTTPError:
        raise HTTPException(503)
    verdict = answer.json()
    if not verdict["valid"]:
        raise HTTPException(verdict["status"], verdict)
    return verdict

app = FastAPI(dependencies=[Depends(guard)])`,
  },
  {
    id: 'go',
    name: 'Go',
    needsPair: true,
    code: ({ server, scope }) => `var postern = &http.Client{Timeout: 2 * time.Second}

func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		question := map[string]any{"authorization": r.Header.Get("Authorization"), "ip": r.RemoteAddr${scope === undefined ? '' : `, "scope": "${scope}"`}}
		if origin := r.Header.Get("Origin"); origin != "" {
			question["origin"] = origin
		}
		body, _ := json.Marshal(question)
		ask, _ := http.NewRequest("POST", "${server}/api/v1/keys/verify", bytes.NewReader(body))
		ask.Header.Set("Authorization", "Bearer "+os.Getenv("POSTERN_PAIR"))
		ask.Header.Set("Content-Type", "application/json")
		answer, err := postern.Do(ask)
		if err != nil {
			http.Error(w, "unavailable", 503)
			return
		}
		defer answer.Body.Close()
		var verdict struct {
			Valid  bool
			Status int
			Code   string
		}
		if answer.StatusCode != 200 || json.NewDecoder(answer.Body).Decode(&verdict) != nil {
			http.Error(w, "unavailable", 503)
		} else if !verdict.Valid {
			http.Error(w, verdict.Code, verdict.Status)
		} else {
			next.ServeHTTP(w, r)
		}
	})
}`,
  },
  {
    id: 'php',
    name: 'PHP',
    needsPair: true,
    code: ({ server, scope }) => `<?php
$ask = curl_init('${server}/api/v1/keys/verify');
curl_setopt_array($ask, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 2,
    CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . getenv('POSTERN_PAIR'), 'Content-Type: application/json'],
    CURLOPT_POSTFIELDS => json_encode([
        'authorization' => $_SERVER['HTTP_AUTHORIZATION'] ?? null,
        'origin' => $_SERVER['HTTP_ORIGIN'] ?? null,
        'ip' => $_SERVER['REMOTE_ADDR'],${scope === undefined ? '' : `\n        'scope' => '${scope}',`}
    ]),
]);
$answer = curl_exec($ask);
$verdict = curl_getinfo($ask, CURLINFO_RESPONSE_CODE) === 200 ? json_decode($answer, true) : null;
if (($verdict['valid'] ?? false) !== true) {
    http_response_code($verdict['status'] ?? 503);
    exit(json_encode($verdict ?? ['code' => 'store_unavailable']));
}`,
  },
  {
    id: 'nginx',
    name: 'nginx',
    needsPair: false,
    code: ({ server, ...about }) => `location / {
  auth_request /_postern;
${passedHeaders.map(nginxHeader).join('\n')}
  proxy_pass http://127.0.0.1:4000; # your API
}

location = /_postern {
  internal;
  proxy_pass ${server}/api/v1/authorize?${queryOf(about)}&statuses=401,403;
  proxy_pass_request_body off;
  proxy_set_header Content-Length '';
  proxy_set_header X-Forwarded-Method $request_method;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Host $http_host;
}`,
  },
  {
    id: 'caddy',
    name: 'Caddy',
    needsPair: false,
    code: ({ server, ...about }) => `api.example.com {
	route {
		request_header -Postern*
		forward_auth ${server} {
			uri /api/v1/authorize?${queryOf(about)}
			copy_headers ${passedHeaders.join(' ')}
		}
		reverse_proxy 127.0.0.1:4000 # your API
	}
}`,
  },
];

function queryOf({ organizationId, scope }: Omit<GuardCodeFor, 'server'>): string {
  return `organization=${organizationId}${scope === undefined ? '' : `&scope=${scope}`}`;
}
