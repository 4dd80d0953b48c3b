/**
 * Code that asks Postern about each call to an API of one's own, ready for a key. It lets nobody in when it gets no answer. Long,
 * because it is text to be pasted: that of docs/protect.md with the addresses, the organization and the scope filled in.
 */

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

export const guardCodes: readonly GuardCode[] = [
  {
    id: 'express',
    name: 'Express',
    needsPair: true,
    code: ({ server, scope }) => `import express from 'express';
import { requireKey } from 'postern/express';

const gate = { url: '${server}', credential: process.env.POSTERN_CREDENTIAL };

const app = express();
// By \`use\`, so that it also answers what a page's browser asks before (OPTIONS).
app.use(requireKey(gate${scope === undefined ? '' : `, { scope: '${scope}' }`}));
app.get('/', (request, response) => {
  response.json({ of: request.postern.key.externalId });
});
app.listen(4000);`,
  },
  {
    id: 'fastapi',
    name: 'FastAPI',
    needsPair: true,
    code: ({ server, scope }) => `import os, httpx
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.middleware.cors import CORSMiddleware

postern = httpx.AsyncClient(base_url="${server}", timeout=2,
                            headers={"Authorization": f"Bearer {os.environ['POSTERN_CREDENTIAL']}"})

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

app = FastAPI(dependencies=[Depends(guard)])
# It answers what a page's browser asks before (OPTIONS), and lets the page read a refusal.
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])`,
  },
  {
    id: 'go',
    name: 'Go',
    needsPair: true,
    code: ({
      server,
      scope,
    }) => `// For any handler: http.ListenAndServe(":4000", guard(mux)). Then the header Postern-Key says whose call it is.
// What answers preflights (your CORS handler) stands before it.
package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"time"
)

var postern = &http.Client{Timeout: 2 * time.Second} // It keeps connections open.

func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ip, _, _ := net.SplitHostPort(r.RemoteAddr)
		body, _ := json.Marshal(map[string]string{"ip": ip, "authorization": r.Header.Get("Authorization"), "origin": r.Header.Get("Origin")${scope === undefined ? '' : `, "scope": "${scope}"`}})
		call, _ := http.NewRequest("POST", "${server}/api/v1/keys/verify", bytes.NewReader(body))
		call.Header = http.Header{"Authorization": {"Bearer " + os.Getenv("POSTERN_CREDENTIAL")}, "Content-Type": {"application/json"}}
		verdict := map[string]any{"status": 503.0, "code": "store_unavailable"} // No answer: nobody gets in.
		if answer, err := postern.Do(call); err == nil {
			defer answer.Body.Close()
			if answer.StatusCode == 200 {
				json.NewDecoder(answer.Body).Decode(&verdict)
			}
		}
		if key, isKnown := verdict["key"].(map[string]any); isKnown && verdict["valid"] == true {
			r.Header.Set("Postern-Key", key["id"].(string))
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Access-Control-Allow-Origin", "*")
		text, _ := json.Marshal(verdict)
		http.Error(w, string(text), int(verdict["status"].(float64)))
	})
}`,
  },
  {
    id: 'php',
    name: 'PHP',
    needsPair: true,
    code: ({ server, scope }) => `<?php
// At the top of a script: $caller = guard(); It says whose call it is, or ends the script.
function guard(?string $scope = ${scope === undefined ? 'null' : `'${scope}'`}): array
{
    $sent = fn (string $name): ?string => $_SERVER["HTTP_$name"] ?? null;
    if ($_SERVER['REQUEST_METHOD'] === 'OPTIONS' && $sent('ACCESS_CONTROL_REQUEST_METHOD') !== null) {
        return ['mode' => 'preflight']; // It has no key; the script answers it.
    }
    $asked = ['authorization' => $sent('AUTHORIZATION'), 'origin' => $sent('ORIGIN')];
    $http = ['method' => 'POST', 'timeout' => 2, 'follow_location' => 0];
    $http['header'] = ['Authorization: Bearer ' . getenv('POSTERN_CREDENTIAL'), 'Content-Type: application/json'];
    $http['content'] = json_encode($asked + ['ip' => $_SERVER['REMOTE_ADDR'], 'scope' => $scope]);
    $url = '${server}/api/v1/keys/verify';
    $answer = @file_get_contents($url, false, stream_context_create(['http' => $http]));
    $verdict = json_decode((string) $answer, true);
    if (($verdict['valid'] ?? null) === true) return $verdict;
    // No answer: nobody gets in.
    $verdict = isset($verdict['valid']) ? $verdict : ['valid' => false, 'status' => 503, 'code' => 'store_unavailable'];
    http_response_code($verdict['status']);
    header('Content-Type: application/problem+json');
    header('Access-Control-Allow-Origin: *');
    exit(json_encode($verdict));
}`,
  },
  {
    id: 'nginx',
    name: 'nginx',
    needsPair: false,
    code: ({
      server,
      ...about
    }) => `# For the folder conf.d: it stands inside http { … }. Change the port and the address of your API.
upstream postern {
  server ${upstreamOf(server)};
  keepalive 32; # Without it, each check opens a connection of its own.
}
upstream api {
  server 127.0.0.1:4000;
  keepalive 32;
}
map $http_upgrade $postern_connection {
  default upgrade;
  '' '';
}

server {
  listen 8080;

  location / {
    auth_request /_postern;
    auth_request_set $postern_organization $upstream_http_postern_organization;
    auth_request_set $postern_key $upstream_http_postern_key;
    auth_request_set $postern_external_id $upstream_http_postern_external_id;
    auth_request_set $postern_mode $upstream_http_postern_mode;
    auth_request_set $postern_scopes $upstream_http_postern_scopes;
    auth_request_set $postern_origin $upstream_http_postern_origin;
    auth_request_set $postern_code $upstream_http_postern_code;
    auth_request_set $postern_status $upstream_http_postern_status;
    auth_request_set $postern_retry_after $upstream_http_retry_after;
    error_page 401 403 = @refused;
    error_page 500 = @unavailable;

    proxy_pass http://api;
    proxy_http_version 1.1;
    proxy_buffering off;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $postern_connection;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Postern-Organization $postern_organization;
    proxy_set_header Postern-Key $postern_key;
    proxy_set_header Postern-External-Id $postern_external_id;
    proxy_set_header Postern-Mode $postern_mode;
    proxy_set_header Postern-Scopes $postern_scopes;
    proxy_set_header Postern-Origin $postern_origin;
  }

  location = /_postern {
    internal;
    proxy_pass ${new URL(server).protocol}//postern/api/v1/authorize?${queryOf(about)}&statuses=401,403;
    proxy_http_version 1.1;
${nginxTls(server)}    proxy_connect_timeout 2s;
    proxy_read_timeout 5s;
    proxy_pass_request_body off;
    proxy_set_header Content-Length '';
    proxy_set_header Connection '';
    # Each of these must be written here: one that a visitor sends would be believed.
    proxy_set_header X-Forwarded-Method $request_method;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host;
  }

  # nginx drops the body of a refusal, so this says in short what it said. Any page may read why it was refused.
  location @refused {
    default_type application/problem+json;
    add_header Access-Control-Allow-Origin * always;
    add_header Access-Control-Expose-Headers Retry-After always;
    add_header Cache-Control no-store always;
    add_header Retry-After $postern_retry_after always;
    set $postern_problem '{"status":$postern_status,"code":"$postern_code"}';
    if ($postern_status = 401) { return 401 $postern_problem; }
    if ($postern_status = 402) { return 402 $postern_problem; }
    if ($postern_status = 429) { return 429 $postern_problem; }
    if ($postern_status = 503) { return 503 $postern_problem; }
    return 403 $postern_problem;
  }

  location @unavailable {
    default_type application/problem+json;
    add_header Access-Control-Allow-Origin * always;
    add_header Cache-Control no-store always;
    add_header Retry-After 2 always;
    return 503 '{"status":503,"code":"store_unavailable"}';
  }
}`,
  },
  {
    id: 'caddy',
    name: 'Caddy',
    needsPair: false,
    code: ({ server, ...about }) => `# Change the port and the address of your API.
:8080 {
	route {
		# What a visitor made up, also as Postern_Key, which PHP and WSGI read as the same name.
		request_header -Postern*
		forward_auth ${server} {
			uri /api/v1/authorize?${queryOf(about)}
			copy_headers Postern-Organization Postern-Key Postern-External-Id Postern-Mode Postern-Scopes Postern-Origin
${caddyTls(server)}			transport http {
				dial_timeout 2s
				response_header_timeout 5s
			}
		}
		reverse_proxy 127.0.0.1:4000
	}
}`,
  },
];

function queryOf({ organizationId, scope }: Omit<GuardCodeFor, 'server'>): string {
  return `organization=${organizationId}${scope === undefined ? '' : `&scope=${scope}`}`;
}

/** With its port, which nginx doesn't take from the scheme there. */
function upstreamOf(server: string): string {
  const { protocol, hostname, port } = new URL(server);
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

/** A server behind https may share its address with others: it is told by its name. */
function nginxTls(server: string): string {
  const { protocol, host, hostname } = new URL(server);
  if (protocol !== 'https:') return '';
  return `    proxy_set_header Host ${host};
    proxy_ssl_server_name on;
    proxy_ssl_name ${hostname};
`;
}

function caddyTls(server: string): string {
  return server.startsWith('https:') ? '\t\t\theader_up Host {upstream_hostport}\n' : '';
}
