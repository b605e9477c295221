<?php

declare(strict_types=1);

/** Root's side of the extension, which the panel's wrapper runs. */
final class Modules_XolphinSsl_Root
{
    /**
     * @param list<string> $words
     * @return array{code: int, stdout: string, stderr: string}
     */
    public static function call(array $words): array
    {
        $run = pm_ApiCli::callSbin('xolctl', $words, pm_ApiCli::RESULT_FULL);
        $run = is_array($run) ? $run : [];

        return [
            'code' => (int) ($run['code'] ?? 1),
            'stdout' => (string) ($run['stdout'] ?? ''),
            'stderr' => (string) ($run['stderr'] ?? ''),
        ];
    }

    /** For install scripts: what went wrong is printed, so that the panel shows it, and ends the script. */
    public static function callOrEnd(string $word): void
    {
        ['code' => $code, 'stdout' => $stdout, 'stderr' => $stderr] = self::call([$word]);
        if ($code !== 0) {
            echo trim("$stdout\n$stderr") . "\n";
            exit(1);
        }
    }
}
