<?php

class pm_ApiCli
{
    public const RESULT_FULL = 1;
    public const RESULT_STDOUT = 2;
    public const RESULT_STDERR = 3;
    public const RESULT_CODE = 4;
    public const RESULT_EXCEPTION = 5;

    /** A utility of `plesk bin`. */
    public static function call($command, $args = [], $result = 5, $env = [], $stdin = '')
    {
        $plesk = dirname(Lab_Panel::root(), 2) . '/usr/sbin/plesk';
        return self::run([$plesk, 'bin', $command, ...$args], $result, $env, $stdin);
    }

    /** A script of the extension's `sbin`, or one of the panel's own helpers, as root. */
    public static function callSbin($command, $args = [], $result = 5, $env = [], $stdin = '')
    {
        if (!preg_match('/^[A-Za-z0-9._-]+$/', (string) $command)) {
            throw new pm_Exception('Invalid name of a utility.');
        }
        $bin = Lab_Panel::root() . '/admin/bin';
        $own = Lab_Panel::hasModule() ? "$bin/modules/" . Lab_Panel::module() . "/$command" : '';
        $program = $own !== '' && is_link($own) ? $own : "$bin/$command";
        if (!is_file($program)) {
            throw new pm_Exception("Utility $command does not exist.");
        }
        return self::run([$program, ...$args], $result, $env, $stdin);
    }

    public static function callDomain(pm_Domain $domain, string $workingDir, string $command, array $args = [], int $result = 5, array $env = [], string $stdin = '')
    {
        $answer = Lab_Panel::call('domain.run', [
            'id' => $domain->getId(),
            'folder' => $workingDir,
            'command' => [$command, ...$args],
            'env' => $env,
            'stdin' => $stdin,
        ]);
        return self::select($answer, $result);
    }

    /**
     * @param list<string> $command
     * @param array<string, string> $env
     */
    private static function run(array $command, int $result, array $env, string $stdin): mixed
    {
        $pipes = [];
        $process = proc_open(
            array_map(strval(...), $command),
            [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w']],
            $pipes,
            '/',
            $env + ['PATH' => '/usr/bin:/bin'],
        );
        if ($process === false) {
            throw new pm_Exception('The utility cannot be started.');
        }
        fwrite($pipes[0], $stdin);
        fclose($pipes[0]);
        $stdout = (string) stream_get_contents($pipes[1]);
        $stderr = (string) stream_get_contents($pipes[2]);
        return self::select(['code' => proc_close($process), 'stdout' => $stdout, 'stderr' => $stderr], $result);
    }

    /** @param array{code: int, stdout: string, stderr: string} $answer */
    private static function select(array $answer, int $result): mixed
    {
        if ($result === self::RESULT_EXCEPTION && $answer['code'] !== 0) {
            throw new pm_Exception_ResultException($answer['stderr'] ?: $answer['stdout'], $answer['code']);
        }
        return match ($result) {
            self::RESULT_STDOUT => $answer['stdout'],
            self::RESULT_STDERR => $answer['stderr'],
            self::RESULT_CODE => $answer['code'],
            default => $answer,
        };
    }
}
