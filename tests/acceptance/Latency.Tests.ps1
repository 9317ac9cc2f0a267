BeforeDiscovery {
    Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
    Import-TestedModule
}

Describe 'Measure-LakebaseFeatureLatency' {
    BeforeAll {
        Import-Module -Name "$PSScriptRoot/Acceptance.psm1" -Force
        Import-TestedModule
        $session = New-TestSession -Name latency
        Invoke-LakebaseQuery -Session $session -Query 'CREATE TABLE features (id bigint PRIMARY KEY, v text)'
        Invoke-LakebaseQuery -Session $session -Query 'INSERT INTO features SELECT g, g FROM generate_series(1, 500) g'
        $result = Measure-LakebaseFeatureLatency -Session $session -Table features -Requests 100 -ProveRoundTrips -WarningAction SilentlyContinue
    }

    AfterAll {
        Remove-TestSession -Session $session
    }

    It 'divides the time of each request into parts that add up' {
        ($result.Components | Measure-Object -Property MeanUs -Sum).Sum / 1000 | Should -BeGreaterThan ($result.MeanMs * 0.999)
        ($result.Components | Measure-Object -Property MeanUs -Sum).Sum / 1000 | Should -BeLessThan ($result.MeanMs * 1.001)
        ($result.Components | Out-String) | Should -Match 'PoolIdle'
        @($result.Slowest[0]).Count | Should -Be 1
        $result.Slowest[0].Number | Should -BeLessThan 100
    }

    It 'proves the round trips of the mode' {
        $result.RoundTripProof.Expected | Should -Be 1
        # A machine that is busy may leave it unclear.
        $result.RoundTripProof.Verdict | Should -Not -Be 'Refuted'
        $result.RoundTripProof.Points.DelayMs | Should -Be 0, 1, 2, 5
        ($result.RoundTripProof | Out-String) | Should -Match 'Round trips'
    }

    It 'estimates what network and server have of it, each with its source' {
        $result.Estimates.Name | Should -Be 'Network', 'Server', 'Server'
        ($result.Estimates | Out-String -Width 120) | Should -Match 'EXPLAIN'
    }
}
