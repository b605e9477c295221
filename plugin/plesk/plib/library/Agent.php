<?php

declare(strict_types=1);

/** The agent's socket for pages, which the panel's own group may open. */
final class Modules_XolphinSsl_Agent
{
    /** What the agent answers; null when it does not. */
    public static function send(string $path, ?string $handOver): ?string
    {
        if ($handOver === null) {
            return null;
        }
        $call = curl_init('http://localhost' . $path);
        if ($call === false) {
            return null;
        }
        curl_setopt_array($call, [
            CURLOPT_UNIX_SOCKET_PATH => self::runDir() . '/pages.sock',
            CURLOPT_CONNECTTIMEOUT => 2,
            CURLOPT_TIMEOUT => 15,
            CURLOPT_PROXY => '',
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_POSTFIELDS => $handOver,
            CURLOPT_HTTPHEADER => ['Content-Type: application/octet-stream', 'Expect:'],
            CURLOPT_RETURNTRANSFER => true,
        ]);
        $answer = curl_exec($call);

        return is_string($answer) && curl_getinfo($call, CURLINFO_RESPONSE_CODE) === 200 ? $answer : null;
    }

    /** Where the agent's sockets are; a file in the extension's own folder may name another place. */
    public static function runDir(): string
    {
        $named = pm_Context::getVarDir() . 'run-dir';

        return is_readable($named) ? trim((string) file_get_contents($named)) : '/run/xolphin-ssl';
    }
}
