package Whostmgr::ACLS;

# Stand-in: rights of the WHM login that a page runs for (REMOTE_USER), from /var/cpanel/resellers.

use strict;
use warnings;

our %ACL;

sub init_acls {
    %ACL = ();
    my $login = $ENV{REMOTE_USER} // q{};
    if ( $login eq 'root' ) {
        $ACL{all} = 1;
        return 1;
    }
    open my $resellers, '<', '/var/cpanel/resellers' or return 0;
    while ( my $line = <$resellers> ) {
        chomp $line;
        my ( $name, $acls ) = split /:/, $line, 2;
        next if $name ne $login;
        $ACL{$_} = 1 for split /,/, $acls // q{};
    }
    return 1;
}

sub hasroot { return $ACL{all} ? 1 : 0 }

sub checkacl {
    my ($acl) = @_;
    return $ACL{all} || $ACL{$acl} ? 1 : 0;
}

1;
