<?php

declare(strict_types=1);

/**
 * In the panel's backup of the server: the numbers of orders and the settings that hold no secret. Certificates and keys
 * are in the panel's own backup of each subscription (spec plesk §1.11).
 */
class Modules_XolphinSsl_Backup_Server extends pm_Hook_Backup_Server
{
    /** @return array{string, list<string>, list<string>} */
    public function backup(): array
    {
        return [Modules_XolphinSsl_Facts::read('backup') ?? 'null', [], []];
    }

    /** The parameters differ between versions; what was backed up is always the last but one. */
    public function restore(...$given): void
    {
        Modules_XolphinSsl_Restored::keep(Modules_XolphinSsl_Given::text($given[count($given) - 2] ?? ''));
        Modules_XolphinSsl_Restored::handOver();
    }
}
