<?php

/** Files anywhere on the server, as root unless told otherwise. */
class pm_ServerFileManager extends pm_FileManager
{
    public function __construct(bool $privilegedUser = true)
    {
        $this->domainId = $privilegedUser ? 0 : null;
        $this->home = '';
    }

    protected function where(string $path): string
    {
        return $path;
    }
}
