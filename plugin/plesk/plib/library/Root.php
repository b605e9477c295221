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
            'code' => Modules_XolphinSsl_Given::number($run['code'] ?? 1),
            'stdout' => Modules_XolphinSsl_Given::text($run['stdout'] ?? ''),
            'stderr' => Modules_XolphinSsl_Given::text($run['stderr'] ?? ''),
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
