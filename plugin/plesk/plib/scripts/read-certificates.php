<?php

declare(strict_types=1);

// Run by the executor: plesk bin extension --exec xolphin-ssl read-certificates.php public|whole SITE-ID…
// Prints the certificate that each website has for its hosting. `whole` adds the private key: the executor holds its output
// in memory and the agent seals it at once; it is never an argument and never a file.
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$whole = ($argv[1] ?? '') === 'whole';

Modules_XolphinSsl_Answer::print(array_map(static function (string $id) use ($whole): array {
    $certificate = pm_Domain::getByDomainId((int) $id)->getHostingCertificate();

    return ['site' => (int) $id] + ($certificate === null ? ['name' => null] : [
        'name' => $certificate->getName(),
        'certificate' => $certificate->getCert(),
        'chain' => $certificate->getCaCert(),
        'key' => $whole ? $certificate->getPvtKey() : null,
    ]);
}, array_slice($argv, 2)));
