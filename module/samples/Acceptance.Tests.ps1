<#
.SYNOPSIS
    A gate of your own: Pester makes a test of each check of each table.
.DESCRIPTION
    Connect first, then run it with the tables as data. Failed checks fail their test, with the remedy as the reason; warnings fail too when
    they are named in -Strict.
.PARAMETER Table
    The tables, wildcards allowed.
.PARAMETER Strict
    Checks that must not even warn.
.PARAMETER Parameter
    More parameters of Test-LakebaseTable, e.g. @{ Ddl = './schema.sql'; Reader = 'serving'; ReferenceSession = 'production' }.
.EXAMPLE
    $data = @{ Table = 'client_id_*'; Strict = 'VisibilityMap', 'LastAnalyze'; Parameter = @{ Reader = 'serving' } }
    Invoke-Pester -Container (New-PesterContainer -Path ./Acceptance.Tests.ps1 -Data $data)
#>
param(
    [Parameter(Mandatory)]
    [string[]] $Table,

    [string[]] $Strict = @(),

    [hashtable] $Parameter = @{}
)

BeforeDiscovery {
    # Not in a test: the checks of all tables are made at the same time.
    $checks = @(Test-LakebaseTable -Table $Table @Parameter | ForEach-Object {
        @{ Table = $_.Table; Check = $_.Check; Result = $_; MustNotWarn = $_.Check -in $Strict }
    })
}

Describe 'Feature tables' {
    It '<Table>: <Check>' -ForEach $checks {
        $reason = "expected is $($Result.Expected), and it is $($Result.Actual). $($Result.Remedy)"
        $Result.Status | Should -Not -Be 'Failed' -Because $reason
        if ($MustNotWarn) {
            $Result.Status | Should -Not -Be 'Warning' -Because $reason
        }
    }
}
