<?php

/** Files of a subscription, with the rights of its system user. */
class pm_FileManager
{
    protected ?int $domainId;
    protected string $home;

    public function __construct($domainId)
    {
        $this->domainId = (int) $domainId;
        $this->home = pm_Domain::getByDomainId($domainId)->getHomePath();
    }

    public function getFilePath($path)
    {
        return $this->home . '/' . ltrim((string) $path, '/');
    }

    public function fileExists($filename)
    {
        return $this->run(['test', '-e', $this->where($filename)])['code'] === 0;
    }

    public function isDir($path)
    {
        return $this->run(['test', '-d', $this->where($path)])['code'] === 0;
    }

    public function filePutContents($filename, $data)
    {
        $this->must(['sh', '-c', 'cat > "$1"', 'sh', $this->where($filename)], (string) $data);
    }

    public function fileAppendContents($filename, $data)
    {
        $this->must(['sh', '-c', 'cat >> "$1"', 'sh', $this->where($filename)], (string) $data);
    }

    public function fileGetContents($filename)
    {
        return $this->must(['cat', '--', $this->where($filename)]);
    }

    public function mkdir($dirname, $perms = '0755', $recursively = false)
    {
        $this->must(['mkdir', ...($recursively ? ['-p'] : []), '-m', $perms, '--', $this->where($dirname)]);
    }

    public function touch($filename)
    {
        $this->must(['touch', '--', $this->where($filename)]);
    }

    public function chmod($filename, $mode)
    {
        $this->must(['chmod', $mode, '--', $this->where($filename)]);
    }

    public function copyFile($source, $destination)
    {
        $this->must(['cp', '--', $this->where($source), $this->where($destination)]);
    }

    public function moveFile($source, $destination)
    {
        $this->must(['mv', '--', $this->where($source), $this->where($destination)]);
    }

    public function removeFile($filename)
    {
        $this->must(['rm', '--', $this->where($filename)]);
    }

    public function removeDirectory($dirname)
    {
        $this->must(['rm', '-r', '--', $this->where($dirname)]);
    }

    public function fileSize($filename)
    {
        return (int) $this->must(['stat', '-c', '%s', '--', $this->where($filename)]);
    }

    public function joinPath(...$pathParts)
    {
        return implode('/', array_map(static fn ($part) => rtrim((string) $part, '/'), $pathParts));
    }

    public function scanDir($path, $skipDots = false, $showSystemFiles = true)
    {
        $names = array_filter(explode("\n", $this->must(['ls', $skipDots ? '-1A' : '-1a', '--', $this->where($path)])));
        return array_values($names);
    }

    public function isSubpath($path)
    {
        return str_starts_with((string) $path, $this->home . '/');
    }

    public function getRelativeFilePath($path)
    {
        return $this->isSubpath($path) ? substr((string) $path, strlen($this->home)) : $path;
    }

    public function upload(string $source, string $destination, string $perms = '0644')
    {
        $this->filePutContents($destination, (string) file_get_contents($source));
        $this->chmod($destination, $perms);
    }

    protected function where(string $path): string
    {
        return $this->isSubpath($path) ? $path : $this->getFilePath($path);
    }

    /** @param list<string> $command */
    private function must(array $command, string $stdin = ''): string
    {
        $answer = $this->run($command, $stdin);
        if ($answer['code'] !== 0) {
            throw new pm_Exception(trim($answer['stderr']));
        }
        return $answer['stdout'];
    }

    /**
     * @param list<string> $command
     * @return array{code: int, stdout: string, stderr: string}
     */
    private function run(array $command, string $stdin = ''): array
    {
        return Lab_Panel::call('files.run', ['id' => $this->domainId, 'command' => $command, 'stdin' => $stdin]);
    }
}
