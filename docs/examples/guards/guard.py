# For any WSGI app (Flask, Django): app = guard(app). Then environ["postern"] says whose call it is.
import json
import os
import urllib.request


def guard(app, scope=None):
    def guarded(environ, start_response):
        if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
            return app(environ, start_response)  # A preflight has no key; the app answers it.
        asked = {"authorization": environ.get("HTTP_AUTHORIZATION"), "origin": environ.get("HTTP_ORIGIN")}
        body = json.dumps(asked | {"ip": environ["REMOTE_ADDR"], "scope": scope}).encode()
        headers = {"Authorization": "Bearer " + os.environ["POSTERN_CREDENTIAL"], "Content-Type": "application/json"}
        call = urllib.request.Request(os.environ["POSTERN_URL"] + "/api/v1/keys/verify", body, headers)
        try:
            with urllib.request.urlopen(call, timeout=2) as answer:
                verdict = json.load(answer)
        except Exception:  # No answer: nobody gets in.
            verdict = {"valid": False, "status": 503, "code": "store_unavailable"}
        if verdict["valid"] is True:
            return app(environ | {"postern": verdict}, start_response)
        refusal = [("Content-Type", "application/problem+json"), ("Access-Control-Allow-Origin", "*")]
        start_response(f"{verdict['status']} Refused", refusal)
        return [json.dumps(verdict).encode()]

    return guarded
