<?php

declare(strict_types=1);

// Run by the executor: plesk bin extension --exec xolphin-ssl secure-webmail.php SITE-ID CERTIFICATE-NAME
// The command line has no setter for the certificate of webmail; the XML API has (spec plesk §3.4).
pm_Loader::registerAutoload();
pm_Context::init('xolphin-ssl');

$request = new SimpleXMLElement('<mail/>');
$set = $request->addChild('set_prefs');
$set->addChild('filter')->addChild('site-id', (string) (int) $argv[1]);
$set->addChild('prefs')->addChild('webmail-certificate', htmlspecialchars($argv[2], ENT_XML1));
$answer = pm_ApiRpc::getService()->call($request);
$said = static fn (string $path): string => (string) (($answer->xpath($path) ?: [])[0] ?? '');

Modules_XolphinSsl_Answer::print([
    'system' => $said('system/status'),
    'status' => $said('mail/set_prefs/result/status'),
    'text' => $said('mail/set_prefs/result/errtext'),
]);
