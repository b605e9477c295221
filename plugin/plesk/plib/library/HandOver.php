<?php

declare(strict_types=1);

/** A request on its way to the agent: who is asking, as the panel's session says, and what the browser sent; signed. */
final class Modules_XolphinSsl_HandOver
{
    /** The page that was opened. Null when there is no key to sign with, which is when the agent has never run. */
    public static function of(?pm_Domain $site, string $output): ?string
    {
        [$contentType, $body] = Modules_XolphinSsl_Submitted::read();

        return self::sign(pm_Session::getClient(), [
            'output' => $output,
            'method' => $_SERVER['REQUEST_METHOD'] === 'POST' ? 'POST' : 'GET',
            'query' => Modules_XolphinSsl_Given::text($_SERVER['QUERY_STRING'] ?? ''),
            'contentType' => $contentType,
            'site' => $site === null ? null : ['id' => (int) $site->getId(), 'name' => $site->getName()],
        ], $body);
    }

    /** A page that the panel shows in a place of its own, or that a task of the panel reads. */
    public static function forPanel(pm_Client $client, string $query, string $output, ?pm_Domain $site = null): ?string
    {
        return self::sign($client, [
            'output' => $output,
            'method' => 'GET',
            'query' => $query,
            'contentType' => '',
            'site' => $site === null ? null : ['id' => (int) $site->getId(), 'name' => $site->getName()],
        ], '');
    }

    /** @param array<string, mixed> $about */
    private static function sign(pm_Client $client, array $about, string $body): ?string
    {
        $key = @file_get_contents(Modules_XolphinSsl_Agent::runDir() . '/pages.key');
        if ($key === false) {
            return null;
        }
        $cookie = $_COOKIE['PLESKSESSID'] ?? $_COOKIE['PLESKSESSID_INSECURE'] ?? null;
        $identity = json_encode($about + [
            'time' => time(),
            'nonce' => bin2hex(random_bytes(16)),
            'body' => hash('sha256', $body),
            'session' => hash('sha256', is_string($cookie) ? $cookie : bin2hex(random_bytes(16))),
            'login' => $client->getLogin(),
            'role' => $client->isAdmin() ? 'admin' : ($client->isReseller() ? 'reseller' : 'client'),
            'impersonator' => self::impersonator(),
            'locale' => pm_Locale::getCode(),
            'base' => pm_Context::getBaseUrl(),
        ] + self::sites($client), JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);

        return hash_hmac('sha256', $identity, trim($key)) . "\n" . $identity . "\n" . $body;
    }

    /** @return array{permitted: list<string>|null, closed: list<string>} */
    private static function sites(pm_Client $client): array
    {
        return $client->isClient() ? Modules_XolphinSsl_Rights::sites($client) : ['permitted' => null, 'closed' => []];
    }

    private static function impersonator(): ?string
    {
        $id = pm_Session::isExist() && pm_Session::isImpersonated() ? pm_Session::getImpersonatedClientId() : null;

        return $id === null ? null : pm_Client::getByClientId($id)->getLogin();
    }
}
