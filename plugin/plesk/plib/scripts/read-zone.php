<?php

declare(strict_types=1);

// Run by the executor: plesk bin extension --exec xolphin-ssl read-zone.php domain|alias ID
// Prints the DNS zone that the panel keeps for a domain or an alias; nothing when it keeps none.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$kind = $argv[1] ?? '';
$id = (int) ($argv[2] ?? 0);
$zone = Modules_XolphinSsl_Answer::ask(fn () => ($kind === 'alias'
    ? new pm_DomainAlias($id)
    : pm_Domain::getByDomainId($id))->getDnsZone());
/** @var list<pm_Dns_Record> $records */
$records = $zone === null ? [] : array_values($zone->getRecords());

Modules_XolphinSsl_Answer::print($zone === null ? [] : [
    'id' => $zone->getId(),
    'name' => $zone->getName(),
    'enabled' => $zone->isEnabled(),
    'primary' => $zone->isMaster(),
    'records' => array_map(static fn (pm_Dns_Record $record): array => [
        'id' => $record->getId(),
        'type' => $record->getType(),
        'host' => $record->getHost(),
        'value' => $record->getValue(),
    ], $records),
]);
