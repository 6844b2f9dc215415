(** * Lemma 1: theta orders the instances of a program

    The run of a tree is sorted by theta, top-level nodes included; theta is strict and
    total on the instances of a program. Programs given as trees are [ordered].
    Counterpart: docs/theorem.md Lemma 1; the header of domain.ts. *)

From Coq Require Import List String ZArith Lia Bool Sorting.Sorted.
From Obligato Require Import model order trees.
Import ListNotations.

(** ** The run is sorted *)

(** Where a run lies in theta: below a common prefix, positions from [r] to [r + width]. *)
Lemma run_positions : forall t c r x s y, In (s, y) (run_of c r x t) ->
  exists k ra z, s_positions s = c_positions c ++ k :: ra /\ y = x ++ z /\ r <= k < r + width t.
Proof.
  induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r x s y H; simpl in H |- *.
  - destruct H.
  - apply in_app_or in H. destruct H as [H | H];
      [destruct (IHa _ _ _ _ _ H) as (k & ra & z & E & F & G) | destruct (IHb _ _ _ _ _ H) as (k & ra & z & E & F & G)];
      exists k, ra, z; (split; [exact E | split; [exact F | lia]]).
  - apply in_flat_map in H. destruct H as (v & _ & H).
    destruct (IH _ _ _ _ _ H) as (k & ra & z & E & F & _). simpl in E.
    exists r, (k :: ra), (v :: z). rewrite <- app_assoc in E, F. split; [exact E | split; [exact F | lia]].
  - destruct (forallb _ gs); [exact (IH _ _ _ _ _ H) | destruct H].
  - destruct H as [H | []]. injection H as <- <-. exists r, [], []. rewrite app_nil_r. simpl. split; [reflexivity | split; [reflexivity | lia]].
Qed.

Lemma sorted_app : forall (A : Type) (R : A -> A -> Prop) l1 l2,
  StronglySorted R l1 -> StronglySorted R l2 -> (forall a b, In a l1 -> In b l2 -> R a b) -> StronglySorted R (l1 ++ l2).
Proof.
  intros A R l1 l2 H1 H2 H. induction l1 as [| a l1 IH]; [exact H2 |].
  inversion_clear H1 as [| ? ? S F]. simpl. constructor.
  - apply IH; [exact S |]. intros. apply H; [right |]; assumption.
  - apply Forall_app. split; [exact F |]. apply Forall_forall. intros b Hb. apply H; [left; reflexivity | exact Hb].
Qed.

Lemma iterations_sorted : forall n k, StronglySorted Z.lt (map Z.of_nat (seq k n)).
Proof.
  induction n as [| n IH]; intros k; simpl; constructor; [apply IH |].
  apply Forall_forall. intros v H. apply in_map_iff in H. destruct H as (j & <- & H). apply in_seq in H. lia.
Qed.

Lemma run_is_sorted : forall t c r x, List.length (c_positions c) = List.length x ->
  StronglySorted precedes (run_of c r x t).
Proof.
  induction t as [| a IHa b IHb | how n body IH | gs body IH | s0 b i e]; intros c r x L; simpl.
  - constructor.
  - apply sorted_app; [apply IHa; exact L | apply IHb; exact L |].
    intros [s y] [s' y'] H H'.
    apply run_positions in H. destruct H as (k & ra & z & E & -> & G).
    apply run_positions in H'. destruct H' as (k' & ra' & z' & E' & -> & G').
    unfold precedes. simpl. rewrite E, E'. apply before_prefix; [exact L |]. simpl. left. lia.
  - pose proof (iterations_sorted n 0) as S. change (map Z.of_nat (seq 0 n)) with (iterations n) in S.
    induction S as [| v vs S IHS F]; simpl; [constructor |].
    apply sorted_app; [apply IH; simpl; rewrite !app_length, L; reflexivity | exact IHS |].
    intros [s y] [s' y'] H H'.
    apply in_flat_map in H'. destruct H' as (v' & Hv' & H').
    apply run_positions in H. destruct H as (k & ra & z & E & -> & G).
    apply run_positions in H'. destruct H' as (k' & ra' & z' & E' & -> & G').
    unfold precedes. simpl in E, E' |- *. rewrite E, E', <- !app_assoc. apply before_prefix; [exact L |].
    simpl. right. split; [reflexivity |]. left. rewrite Forall_forall in F. apply F. exact Hv'.
  - destruct (forallb _ gs); [apply IH; exact L | constructor].
  - constructor; constructor.
Qed.

(** ** Programs that are trees *)

(** The nodes of the body with the number of their top-level node. *)
Fixpoint top_stores (top r : nat) (body : list tree) : list store :=
  match body with
  | [] => []
  | t :: rest => stores_of (Context [] [] [] [] top) r t ++ top_stores (S top) (r + width t) rest
  end.

Fixpoint top_run (top r : nat) (body : list tree) : list instance :=
  match body with
  | [] => []
  | t :: rest => run_of (Context [] [] [] [] top) r [] t ++ top_run (S top) (r + width t) rest
  end.

Definition program_of (body : list tree) (kinds : name -> kind) (outs : list (name * list nat)) : program :=
  Program (top_stores 0 0 body) kinds outs (top_run 0 0 body).

Definition tree_program (P : program) (body : list tree) : Prop :=
  P = program_of body (kind_of P) (outputs P).

Lemma inside_top : forall top, inside (Context [] [] [] [] top) [].
Proof. intros top. split; [constructor | reflexivity]. Qed.

Lemma top_run_complete : forall body top r s y,
  In (s, y) (top_run top r body) <-> In s (top_stores top r body) /\ in_domain s y.
Proof.
  induction body as [| t rest IH]; intros top r s y; simpl; [tauto |].
  rewrite !in_app_iff, IH. split.
  - intros [H | H]; [| tauto]. destruct (run_sound _ _ _ _ _ _ (inside_top top) H) as (H1 & H2 & _). tauto.
  - intros [[H | H] Hd]; [| tauto]. left. exact (run_reaches t _ r [] s y (inside_top top) H Hd).
Qed.

Lemma top_run_positions : forall body top r s y, In (s, y) (top_run top r body) ->
  exists k ra, s_positions s = k :: ra /\ r <= k.
Proof.
  induction body as [| t rest IH]; intros top r s y H; simpl in H; [destruct H |].
  apply in_app_or in H. destruct H as [H | H].
  - apply run_positions in H. destruct H as (k & ra & z & E & _ & G). exists k, ra. split; [exact E | lia].
  - apply IH in H. destruct H as (k & ra & E & G). exists k, ra. split; [exact E | lia].
Qed.

Lemma top_run_sorted : forall body top r, StronglySorted precedes (top_run top r body).
Proof.
  induction body as [| t rest IH]; intros top r; simpl; [constructor |].
  apply sorted_app; [apply run_is_sorted; reflexivity | apply IH |].
  intros [s y] [s' y'] H H'.
  apply run_positions in H. destruct H as (k & ra & z & E & -> & G).
  apply top_run_positions in H'. destruct H' as (k' & ra' & E' & G').
  unfold precedes. simpl in E |- *. rewrite E, E'. simpl. left. lia.
Qed.

Lemma top_run_tops : forall body top r s y, In (s, y) (top_run top r body) -> top <= s_top s.
Proof.
  induction body as [| t rest IH]; intros top r s y H; simpl in H; [destruct H |].
  apply in_app_or in H. destruct H as [H | H].
  - destruct (run_sound _ _ _ _ _ _ (inside_top top) H) as (Hs & _).
    destruct (store_context _ _ _ _ Hs) as (ns & fs & hs & _ & _ & _ & T & _). simpl in T. lia.
  - apply IH in H. lia.
Qed.

Lemma top_run_tops_sorted : forall body top r,
  StronglySorted (fun i j : instance => s_top (fst i) <= s_top (fst j)) (top_run top r body).
Proof.
  induction body as [| t rest IH]; intros top r; simpl; [constructor |].
  assert (T : forall i, In i (run_of (Context [] [] [] [] top) r [] t) -> s_top (fst i) = top).
  { intros [s y] H. destruct (run_sound _ _ _ _ _ _ (inside_top top) H) as (Hs & _).
    destruct (store_context _ _ _ _ Hs) as (ns & fs & hs & _ & _ & _ & T & _). exact T. }
  apply sorted_app; [| apply IH |].
  - induction (run_of _ r [] t) as [| i l IHl]; constructor; [apply IHl; intros; apply T; right; assumption |].
    apply Forall_forall. intros j Hj. rewrite (T i (or_introl eq_refl)), (T j (or_intror Hj)). lia.
  - intros i [s y] Hi Hj. rewrite (T i Hi). simpl. apply top_run_tops in Hj. lia.
Qed.

(** Lemma 1, first half: serial execution is the lexicographic order of theta. *)
Theorem tree_ordered : forall body kinds outs, ordered (program_of body kinds outs).
Proof.
  intros. split; [apply top_run_sorted | | apply top_run_tops_sorted]. intros [s y]. apply top_run_complete.
Qed.

Lemma sorted_total : forall (A : Type) (R : A -> A -> Prop) l, StronglySorted R l ->
  forall a b, In a l -> In b l -> a = b \/ R a b \/ R b a.
Proof.
  intros A R l S. induction S as [| k l S IH F]; intros a b Ha Hb; [destruct Ha |].
  rewrite Forall_forall in F.
  destruct Ha as [-> | Ha]; destruct Hb as [-> | Hb]; auto.
Qed.

(** Lemma 1, second half: theta orders the instances of a program strictly and totally. *)
Theorem theta_total : forall P, ordered P -> forall i j, domain P i -> domain P j ->
  i = j \/ precedes i j \/ precedes j i.
Proof.
  intros P [S C _] i j Hi Hj. apply C in Hi. apply C in Hj. exact (sorted_total _ _ _ S i j Hi Hj).
Qed.
