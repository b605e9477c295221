<?php

declare(strict_types=1);

/** What a script prints for the executor: one line that is known by its first word, whatever else lands on the output. */
final class Modules_XolphinSsl_Answer
{
    /** @param array<mixed> $facts */
    public static function print(array $facts): void
    {
        $flags = JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES;
        echo "\nxolphin-ssl " . json_encode($facts, $flags) . "\n";
    }

    /**
     * A fact that not every version or object has; null then.
     *
     * @template T
     * @param callable(): T $read
     * @return T|null
     */
    public static function ask(callable $read): mixed
    {
        try {
            return $read();
        } catch (Throwable) {
            return null;
        }
    }

    /** The account with this login; null only when the panel lists all accounts and it is not among them. */
    public static function client(string $login): ?pm_Client
    {
        $matches = static fn (pm_Client $client): bool => $client->getLogin() === $login;

        return self::ask(fn () => pm_Client::getByLogin($login))
            ?? array_values(array_filter(pm_Client::getAll(), $matches))[0]
            ?? null;
    }
}
