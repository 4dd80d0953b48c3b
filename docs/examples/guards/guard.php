<?php
// At the top of a script: $caller = guard(); It says whose call it is, or ends the script.
function guard(?string $scope = null): array
{
    $sent = fn (string $name): ?string => $_SERVER["HTTP_$name"] ?? null;
    if ($_SERVER['REQUEST_METHOD'] === 'OPTIONS' && $sent('ACCESS_CONTROL_REQUEST_METHOD') !== null) {
        return ['mode' => 'preflight']; // It has no key; the script answers it.
    }
    $asked = ['authorization' => $sent('AUTHORIZATION'), 'origin' => $sent('ORIGIN')];
    $http = ['method' => 'POST', 'timeout' => 2, 'follow_location' => 0];
    $http['header'] = ['Authorization: Bearer ' . getenv('POSTERN_CREDENTIAL'), 'Content-Type: application/json'];
    $http['content'] = json_encode($asked + ['ip' => $_SERVER['REMOTE_ADDR'], 'scope' => $scope]);
    $url = getenv('POSTERN_URL') . '/api/v1/keys/verify';
    $answer = @file_get_contents($url, false, stream_context_create(['http' => $http]));
    $verdict = json_decode((string) $answer, true);
    if (($verdict['valid'] ?? null) === true) return $verdict;
    // No answer: nobody gets in.
    $verdict = isset($verdict['valid']) ? $verdict : ['valid' => false, 'status' => 503, 'code' => 'store_unavailable'];
    http_response_code($verdict['status']);
    header('Content-Type: application/problem+json');
    header('Access-Control-Allow-Origin: *');
    exit(json_encode($verdict));
}
