<?php

declare(strict_types=1);

$messages = [
    'pageTitle' => 'SSL certificates of Xolphin',
    'buttonTitle' => 'SSL certificates (Xolphin)',
    'buttonText' => 'Order, follow, install and renew certificates of Xolphin',
    'notRunning' => 'The certificate service does not answer just now. Certificates that are installed keep working. The administrator can start it in Tools & Settings, Services Management.',
    'noAccess' => 'This website is not yours, or it does not exist any more.',
    'permissionName' => 'SSL certificates of Xolphin',
    'permissionText' => 'Order, install and renew certificates of Xolphin for the websites of the subscription.',
    'serviceName' => 'Xolphin SSL',
    'searchText' => 'SSL certificate of %%name%%',
    'installing' => 'Installing SSL certificates: %%left%% left',
    'installed' => 'The SSL certificates are installed.',
    'installedExcept' => '%%left%% SSL certificates are not served yet. The page of Xolphin SSL says why.',
    'attentionTitle' => 'SSL certificates of Xolphin that wait for somebody',
    'attentionSubject' => 'SSL certificates need attention',
    'attentionText' => '%%count%% SSL certificates wait for somebody. The page of Xolphin SSL says which, and what to do.',
];
